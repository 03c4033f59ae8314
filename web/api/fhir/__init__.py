"""Referrals as FHIR R4 ServiceRequest and Task. See docs/guida-operatori.md."""
