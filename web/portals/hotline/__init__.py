"""The hotline's pages (``/sportello``)."""
