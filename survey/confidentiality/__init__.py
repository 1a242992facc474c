"""Keys, and texts sealed with them. Pure: knows neither the web nor the database."""
