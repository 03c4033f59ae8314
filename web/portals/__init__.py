"""The professionals' workplaces: one folder a portal, its pages under ``web/templates/<portal>/``."""
