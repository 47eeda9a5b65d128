"""The Account API: enable, disable, verify and resend two-factor authentication."""
