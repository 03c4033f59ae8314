"""The pages of a lost PIN say the same for every code, and show the new one once."""

from __future__ import annotations

import re

from referrals import codes
from referrals.contact import Contact
from settings import clock


def _token(http, path: str) -> str:
    return re.search(r'name="gettone" value="([^"]+)"', http.get(path).text).group(1)


def _post(http, path: str, **fields: str):
    return http.post(path, data=fields | {"gettone": _token(http, path)})


def _opened(site):
    services, now = site.services, clock.now()
    record = services.cases.open("cittadino", now)
    found = services.directory.nearest(comune="Milano", measure="collocamento_mirato", on=clock.today())
    contact = Contact("Ada Prova", "02 7654321")
    return services.referrals.open(
        record.id, found[0].site_id, "collocamento_mirato", contact, "Sì", "1", f"pin-{record.id}", now
    )


def test_known_and_unknown_codes_get_the_same_page(site) -> None:
    opened = _opened(site)
    with site.client() as http:
        http.headers["accept"] = "text/html"
        assert "/segnalazione/pin-perso" in http.get("/segnalazione").text
        pages = [_post(http, "/segnalazione/pin-perso", codice=code) for code in (opened.code, codes.new_code())]
        assert [page.status_code for page in pages] == [200, 200]
        assert pages[0].text == pages[1].text
        assert "Ada" not in pages[0].text and "7654321" not in pages[0].text
        assert _post(http, "/segnalazione/pin-perso", codice="boh").status_code == 422
    assert site.services.referrals.told(opened.code)[-1].status == "aperta"


def test_a_link_that_is_not_one_is_refused(site) -> None:
    with site.client() as http:
        http.headers["accept"] = "text/html"
        answer = _post(http, "/segnalazione/pin", link="https://x.example/segnalazione/pin#abc")
        assert answer.status_code == 403 and "non vale più" in answer.text
