"""What a session, turn, approval, budget and delivery is, and how each is carried out.

Knows no LINE, no SQL and no HTTP: what it needs from outside is named in `ports`.
"""
