"""Letters and notices: mail over SMTP on the LAN, each asked for in the transaction of the change it tells
of.
"""
