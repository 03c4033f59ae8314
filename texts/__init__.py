"""The Italian words of the product, kept in data files by topic and audience."""

from texts.catalogue import AUDIENCES, Entry, TextMissing, entries, in_language, say, template, variants

__all__ = ["AUDIENCES", "Entry", "TextMissing", "entries", "in_language", "say", "template", "variants"]
