"""The Italian words of the product, kept in data files by topic and audience."""

from texts.catalogue import AUDIENCES, Entry, TextMissing, entries, say, template, variants

__all__ = ["AUDIENCES", "Entry", "TextMissing", "entries", "say", "template", "variants"]
