"""The doctors' portal, ``/medici``: check of requirements, referrals with the patient's consent, materials."""
