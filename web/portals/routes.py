"""All portals' routes; the application includes this router."""

from __future__ import annotations

from fastapi import APIRouter

from web.portals.access import routes as access
from web.portals.administration import routes as administration
from web.portals.doctors import routes as doctors
from web.portals.hotline import routes as hotline
from web.portals.monitoring import routes as monitoring
from web.portals.operators import routes as operators
from web.portals.referral_status import routes as referral_status

router = APIRouter(include_in_schema=False)
for part in (access, administration, doctors, hotline, monitoring, operators, referral_status):
    router.include_router(part.router)
