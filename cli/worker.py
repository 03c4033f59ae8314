"""The worker process: ``python -m cli.worker``.

It stands here because the nightly purge must know the rules of every package, and :mod:`referrals.worker` may not import
those above it.
"""

from __future__ import annotations

import asyncio

import cli.stores  # noqa: F401  (registers what every package purges, exports and erases)
from referrals.worker import main

if __name__ == "__main__":
    asyncio.run(main())
