"""The figures of the service: what is counted, what of it may be shown, for which period, in which tables and charts."""
