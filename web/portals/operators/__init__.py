"""The operators' workplace (``/operatore``): inbox, a referral's card, plan, projects, connections."""
