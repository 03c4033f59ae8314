"""Makes every test fail in which a personal datum reaches a log line, an error report, a metric, a trace or a URL.

``register.py`` learns what is personal from what the tests themselves put into the product, and recognises what is
personal by its form. ``places.py`` looks where nothing personal may appear. ``plugin.py`` joins both to pytest, in the
application's environment and in the dialogue engine's.
"""
