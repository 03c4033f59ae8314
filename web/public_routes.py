"""The routes that need no account, and what guards each one instead.

Whatever is not here must depend on a permission of ``web/permissions.py``; a test walks all the routes.
"""

from __future__ import annotations

#: Needs nothing.
ANYBODY = "everybody may read it"
_CHAT = "the conversation's token (cookie or bearer)"
_CODE = "code and PIN of the referral, attempts limited"
_OPENED = "the referral opened with code and PIN, sealed in the form for half an hour"
_OPERATOR = "the operator's own key (bearer)"
_LINK = "the secret of an e-mail's link"
_FORM = "the form's token"
_DOOR = "attempts limited, growing waits"

#: Path as the application declares it -> what guards it.
PUBLIC_ROUTES: dict[str, str] = {
    # pages for everybody
    "/": ANYBODY,
    "/chat": ANYBODY,
    "/chat/corrente": "the cookie of this browser's own conversation",
    "/misure": ANYBODY,
    "/misure/{id}": ANYBODY,
    "/operatori": ANYBODY,
    "/privacy": ANYBODY,
    "/accessibilita": ANYBODY,
    "/robots.txt": ANYBODY,
    "/.well-known/security.txt": ANYBODY,
    "/static": ANYBODY,
    "/requisiti": _FORM,
    "/esci": "the cookies of this browser, from our own pages only",
    "/posta": "only from this machine, only while no mail server is configured",
    # a referral, for the person
    "/segnalazione": _CODE,
    "/segnalazione/annulla": _CODE,
    "/segnalazione/pin-perso": "the form's token, attempts limited; says nothing of what exists",
    "/segnalazione/pin": _LINK,
    "/segnalazione/stato": _OPENED,
    "/segnalazione/recapiti": _OPENED,
    "/segnalazione/appuntamento": _OPENED,
    "/segnalazione/calendario": _OPENED,
    "/segnalazione/riepilogo": _OPENED,
    "/segnalazione/chiamata": _OPENED,
    "/segnalazione/altro-operatore": _OPENED,
    "/segnalazione/dati": _OPENED,
    "/segnalazione/dati/consenso": _OPENED,
    "/segnalazione/dati/cancella": _OPENED,
    "/segnalazioni/{code}": _CODE,
    "/foglio": _LINK,
    "/consenso": _LINK,
    "/conferma": _LINK,
    "/conferma/chiedi": "the cookie of this browser's own conversation, and budgets by address and network",
    # the API
    "/api/docs": ANYBODY,
    "/api/v1/openapi.json": ANYBODY,
    "/api/v1/eligibility/assess": ANYBODY,
    "/api/v1/measures": ANYBODY,
    "/api/v1/measures/{id}": ANYBODY,
    "/api/v1/facts": ANYBODY,
    "/api/v1/calculators/{name}": ANYBODY,
    "/api/v1/operators": ANYBODY,
    "/api/v1/operators/hsds": ANYBODY,
    "/api/v1/chat/sessions": ANYBODY,
    "/api/v1/chat/sessions/{session}": _CHAT,
    "/api/v1/chat/sessions/{session}/messages": _CHAT,
    "/api/v1/chat/sessions/{session}/export": _CHAT,
    "/api/v1/chat/sessions/{session}/export.html": _CHAT,
    "/api/v1/chat/sessions/{session}/events": _CHAT,
    "/api/v1/chat/sessions/{session}/summary.pdf": _CHAT,
    "/api/v1/referrals": _CHAT,
    "/api/v1/referrals/consent": ANYBODY,
    "/api/v1/referrals/{code}": _CODE,
    "/api/v1/referrals/{code}/cancel": _CODE,
    "/api/v1/operator/referrals": _OPERATOR,
    "/api/v1/operator/referrals.csv": _OPERATOR,
    "/api/v1/operator/referrals/{code}": _OPERATOR,
    "/api/v1/operator/referrals/{code}/state": _OPERATOR,
    "/api/v1/operator/referrals/{code}/appointments": _OPERATOR,
    "/api/v1/operator/referrals/{code}/plan/check": _OPERATOR,
    "/api/v1/operator/referrals/{code}/plan": _OPERATOR,
    "/api/v1/operator/referrals/{code}/outcome": _OPERATOR,
    "/api/v1/operator/webhook": _OPERATOR,
    "/api/v1/operator/keys": _OPERATOR,
    "/api/v1/operator/keys/{id}": _OPERATOR,
    "/api/v1/fhir/Bundle/{code}": _OPERATOR,
    "/api/v1/fhir/ServiceRequest/{code}": _OPERATOR,
    "/api/v1/fhir/Task/{code}": _OPERATOR,
    "/health/live": ANYBODY,
    "/health/ready": ANYBODY,
    # the way in
    "/accesso": _DOOR,
    "/accesso/codice": "a session that waits for its second factor; attempts limited",
    "/accesso/rinuncia": _FORM,
    "/accesso/invito": _LINK,
    "/accesso/dimenticata": _FORM,
    "/accesso/attivazione": "a session that has to set up its second factor",
    "/accesso/oidc": ANYBODY,
    "/accesso/oidc/ritorno": "the provider's answer, bound to this browser by state, nonce and PKCE",
    "/operatori/entra": _LINK,
    "/operatori/link": _FORM,
    "/operatore/esci": _FORM,
}
