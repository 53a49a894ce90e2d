"""PostgreSQL and Redis as child processes of this installation, for machines where no server's URL is set."""
