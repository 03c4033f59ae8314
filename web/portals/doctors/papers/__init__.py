"""What the doctors print, as tagged PDF (PDF/UA-1): the letter for the patient and the leaflet for ATS and ASST."""

from web.portals.doctors.papers.leaflet import FORMATS, Territory, make_leaflet, territories
from web.portals.doctors.papers.letter import Letter, make_letter

__all__ = ["FORMATS", "Letter", "Territory", "make_leaflet", "make_letter", "territories"]
