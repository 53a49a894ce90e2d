"""The channels of this installation, made from its settings."""

from __future__ import annotations

from backend.settings import Settings
from channels.base import Channel
from channels.messenger import Messenger
from channels.twilio_sms import TwilioSms


def configured_channels(settings: Settings) -> dict[str, Channel]:
    """Channels with credentials, by name."""
    made: dict[str, Channel] = {}
    twilio, messenger = settings.channels.twilio_sms, settings.channels.messenger
    if twilio.configured:
        made["twilio_sms"] = TwilioSms(
            account_sid=twilio.account_sid,
            auth_token=twilio.auth_token.get_secret_value(),
            from_number=twilio.from_number,
            messaging_service_sid=twilio.messaging_service_sid,
            api_base_url=twilio.api_base_url or "https://api.twilio.com",
            charset=twilio.charset,
            content_retention=twilio.content_retention,
            address_retention=twilio.address_retention,
            public_base_url=settings.public_base_url,
            rate_per_second=twilio.rate_per_second,
        )
    if messenger.configured:
        made["messenger"] = Messenger(
            page_id=messenger.page_id,
            page_access_token=messenger.page_access_token.get_secret_value(),
            app_secret=messenger.app_secret.get_secret_value(),
            app_id=messenger.app_id,
            verify_token=messenger.verify_token.get_secret_value(),
            graph_version=messenger.graph_version,
            human_agent=messenger.human_agent,
            api_base_url=messenger.api_base_url or "https://graph.facebook.com",
            rate_per_second=messenger.rate_per_second,
        )
    return made
