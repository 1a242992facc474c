"""Languages of pages and letters: catalogues, days in words, names of standard groups.

Pure: it knows neither Flask nor the database, as the mail worker writes letters without either. The
statements of a questionnaire are no part of it: a framework brings its own translations.
"""
