"""The rules of the trade. Services know rows and time, never HTTP or who may do what; they flush and never commit."""
