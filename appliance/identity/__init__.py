"""Who may use the appliance and for what: accounts, sessions, tokens, roles."""
