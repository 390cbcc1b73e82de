"""One module for each page: from the services' answers to what its template draws."""
