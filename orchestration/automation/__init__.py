"""When runs start without a person: jobs, the sensor on the reports folder, the schedule, alerts."""
