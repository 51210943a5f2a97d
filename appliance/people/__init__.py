"""The people of the site: departments, posts, employees, their contracts, and the way in and out."""
