"""Where records live: SQLAlchemy models, migrations, and every query in one place."""
