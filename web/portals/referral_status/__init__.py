"""The person's own page of a referral, opened with code and PIN: where it stands, and what they can do with it."""
