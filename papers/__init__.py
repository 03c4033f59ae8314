"""Everything that is printed, as tagged PDF (PDF/UA-1): result, letter, leaflet, summary of a referral, report."""
