"""360-degree feedback surveys for mentoring: anonymous by construction, honest about change."""
