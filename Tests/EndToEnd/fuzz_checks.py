"""Loaded by schemathesis (SCHEMATHESIS_HOOKS): valid requests are taken, but for what no schema can tell, and invalid ones refused."""
import schemathesis
from schemathesis.checks import CHECKS
from schemathesis.core.parameters import ParameterLocation
from schemathesis.openapi.checks import RejectedPositiveData

# Refusals of valid requests that depend on what is there, by code and field (None: whatever the field), each with its reason.
STATE = {
    ("UNKNOWN_CHANNEL", None): "only the workspace knows its channels",
    ("AMBIGUOUS_CHANNEL", None): "only the workspace knows its channels",
    ("UNKNOWN_PLATFORM", None): "which platforms there are is asked at /api/platforms",
    ("PLATFORM_NOT_CONFIGURED", None): "which platforms have an app is the operator's choice",
    ("AI_NOT_CONFIGURED", None): "whether there is a language model is the operator's choice",
    ("CONNECT_STATE_EXPIRED", None): "keys of a connection are ours and live ten minutes",
    ("CONSENT_DECLINED", None): "what the person answered at the platform",
    ("INVALID_TIME_ZONE", None): "which names there are depends on the zone files in force",
    ("TIME_IN_PAST", None): "depends on the clock",
    ("POST_INVALID", None): "depends on the rules of the channels chosen",
    ("ADDRESS_REFUSED", None): "depends on where the address leads",
    ("TOO_LARGE", None): "the largest file is the operator's choice",
    ("UNSUPPORTED_MEDIA", None): "depends on what the bytes of the file are",
    ("UPLOAD_INCOMPLETE", None): "depends on what arrives of the file",
    ("VALIDATION_FAILED", "token"): "links are ours, and used once",
    ("VALIDATION_FAILED", "expiresAt"): "lies in the future of the clock",
    ("VALIDATION_FAILED", "from"): "relates to another parameter and to the clock",
    ("VALIDATION_FAILED", "to"): "relates to another parameter and to the clock",
    ("VALIDATION_FAILED", "scheduledFor"): "29 February is in leap years; a status may ask for a time",
    ("VALIDATION_FAILED", "versions"): "its keys are channels of the post",
    ("VALIDATION_FAILED", "settings"): "its keys are channels of the post, its values their platforms'",
    ("VALIDATION_FAILED", "field"): "look-ups are those of the channel's platform",
    ("VALIDATION_FAILED", "query"): "some look-ups need one",
    ("VALIDATION_FAILED", "accountIds"): "the accounts that the platform named",
    ("VALIDATION_FAILED", "template"): "templates are those of the workspace",
    ("VALIDATION_FAILED", "values"): "its places are those of the template",
    ("VALIDATION_FAILED", "signature"): "signatures are those of the workspace",
    ("VALIDATION_FAILED", "userId"): "a member that can take the workspace over",
    ("VALIDATION_FAILED", "recurrence"): "a rule of RFC 5545, a language of its own",
    ("VALIDATION_FAILED", "hashtags"): "one word each, as letters go together in words",
    ("VALIDATION_FAILED", "file"): "a table has rows below known headings",
    ("VALIDATION_FAILED", "sheet"): "sheets are those of the workbook",
    ("VALIDATION_FAILED", "fields"): "its names are those of the platform's form",
    ("VALIDATION_FAILED", "identifier"): "a field of a platform's form",
    ("VALIDATION_FAILED", "password"): "a field of a platform's form",
    ("VALIDATION_FAILED", "url"): "depends on what is at the address",
    ("VALIDATION_FAILED", "language"): "which languages there are is a list of its own",
    ("VALIDATION_FAILED", "captions"): "a file in a format of its own",
    ("VALIDATION_FAILED", "id"): "depends on what kind of file it names",
    ("VALIDATION_FAILED", "posts"): "a post stands once in an order, by its id alone",
    ("VALIDATION_FAILED", "hosts"): "names of hosts, in every script",
    ("VALIDATION_FAILED", "exceptHosts"): "names of hosts, in every script",
    ("VALIDATION_FAILED", "integrationIds"): "depends on what becomes of a feed's items",
}


@schemathesis.check
def valid_data_is_taken(ctx, response, case):
    try:
        return CHECKS.get_one("positive_data_acceptance")(ctx, response, case)
    except RejectedPositiveData:
        error = response.json().get("error", {})
        code, field = error.get("code"), error.get("details", {}).get("field")
        if (code, None) in STATE or (code, field) in STATE:
            return None
        raise


@schemathesis.check
def invalid_data_is_refused(ctx, response, case):
    # Whatever the refusal: a piece of a file that says nothing right is first of all too long.
    if 400 <= response.status_code < 500:
        return None
    # The session goes along with every call, whatever the fuzzer leaves out.
    if case.meta.phase.data.parameter_location is ParameterLocation.COOKIE:
        return None
    # Browsers are led back to the channels, where the refusal is said.
    if response.status_code == 302 and response.headers.get("location", [""])[0].startswith("/"):
        return None
    return CHECKS.get_one("negative_data_rejection")(ctx, response, case)
