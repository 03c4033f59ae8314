"""What the doctors print, as tagged PDF (PDF/UA-1): the letter for the patient and the leaflet for ATS and ASST."""

from web.portals.doctors.papers.leaflet import FORMATS, Territory, leaflet, territories
from web.portals.doctors.papers.letter import Letter, letter

__all__ = ["FORMATS", "Letter", "Territory", "leaflet", "letter", "territories"]
