"""The reference data in `seeds/reference/`: files in any form, their rows and checks, plain copies for dbt."""
