"""Commands of `manage.py` that take more than a few lines, one module for each subject."""
