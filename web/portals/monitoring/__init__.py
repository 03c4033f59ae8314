"""The region's workplace (``/monitoraggio``): anonymous figures, and the rules with their history and drafts."""
