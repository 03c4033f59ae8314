"""What of the accounts is removed by itself: ended sessions, dead links, old counters of failed attempts."""

from accounts import links, sessions
from cases import lockout, retention

retention.register("account_sessions", sessions.purge_in)
retention.register("account_links", links.purge_in)
retention.register("access_failures", lockout.purge_in)
