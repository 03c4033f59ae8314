"""What keeps the dialogue engine, whose libraries are frozen for good, from everything but its own work.

Three walls, all without privileges (reasons and limits: docs/security/bot-isolation.md):

- ``broker.py``: the engine never connects. A process beside it does, to the action server alone, and hands over sockets.
- ``kernel.py``: Landlock (files, ports, signals) and seccomp (no connection, no program, no other socket).
- ``hook.py``: where the kernel offers neither, Python's own audit hook.
"""
