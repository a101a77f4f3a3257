"""Deleting for good: an exam, or what is here of a student. What stays is a Deletion."""
