"""Running the service: logs, figures for monitoring, health, and the doctor."""
