/// The schema in PostgreSQL's words (`Dialect.schema` translates), in the order in which it grew. A migration that was released is never changed: the next one mends it.
///
/// Ids are text (UUIDv7), times BIGINT epoch milliseconds, documents JSONB. Everything below an organization names it, so that every
/// query can be scoped.
public let schema: [Migration] = [
    Migration(number: 1, name: "accounts", sql: accountsSchema),
    Migration(number: 2, name: "channels and media", sql: channelsSchema),
    Migration(number: 3, name: "posts and publishing", sql: postsSchema),
    Migration(number: 4, name: "mail, audit, analytics", sql: operationsSchema),
    Migration(number: 5, name: "assistants", sql: assistantsSchema),
    Migration(number: 6, name: "sessions of assistants", sql: assistantSessionsSchema),
    Migration(number: 7, name: "authorization server", sql: authorizationSchema),
    Migration(number: 8, name: "removal from platforms", sql: "ALTER TABLE publications ADD COLUMN removed_at BIGINT;"),
    Migration(number: 9, name: "wall times", sql: wallTimesSchema),
    Migration(number: 10, name: "pauses and late posts", sql: pausesSchema),
    Migration(number: 11, name: "thumbnails after uploads", sql: thumbnailsSchema),
    Migration(number: 12, name: "looking ahead", sql: preflightSchema),
    Migration(number: 13, name: "notes of platforms", sql: "ALTER TABLE publications ADD COLUMN notes JSONB;"),
    Migration(number: 14, name: "figures of accounts, and connections that end", sql: accountsOverTimeSchema),
    Migration(number: 15, name: "versions of films", sql: conversionsSchema),
    Migration(number: 16, name: "turns of workspaces, gates of platforms", sql: turnsSchema),
    Migration(number: 17, name: "uploads in pieces", sql: partialUploadsSchema),
    Migration(number: 19, name: "what is inside files", sql: "ALTER TABLE media ADD COLUMN facts JSONB;"),
    Migration(number: 20, name: "holds on files", sql: mediaHoldsSchema),
    Migration(number: 21, name: "posts by the day", sql: calendarSchema),
    Migration(number: 24, name: "repeated changes", sql: "ALTER TABLE posts ADD COLUMN change_key TEXT;"),
    Migration(number: 25, name: "feeds that become posts", sql: feedSourcesSchema),
    Migration(number: 26, name: "jobs that kill", sql: "ALTER TABLE jobs ADD COLUMN crashes BIGINT NOT NULL DEFAULT 0;"),
    Migration(number: 28, name: "versions of posts", sql: postRevisionsSchema),
    Migration(number: 31, name: "trash and folders", sql: trashSchema),
    Migration(number: 32, name: "calendars for other programs", sql: calendarFeedsSchema),
    Migration(number: 33, name: "webhooks", sql: webhooksSchema),
    Migration(number: 34, name: "invitations", sql: invitationsSchema),
    Migration(
        number: 35, name: "approval of what members plan",
        sql: "ALTER TABLE organizations ADD COLUMN needs_approval BOOLEAN NOT NULL DEFAULT FALSE;"),
    Migration(number: 36, name: "recurring posts", sql: seriesSchema),
    Migration(number: 38, name: "templates, signatures, hashtags", sql: templatesSchema),
    Migration(number: 39, name: "imports of posts", sql: postImportsSchema),
    Migration(number: 40, name: "addresses that make drafts", sql: incomingWebhooksSchema),
    Migration(number: 42, name: "captions of films", sql: captionsSchema),
    Migration(number: 43, name: "second factors", sql: secondFactorsSchema),
    Migration(number: 44, name: "the log by who did it", sql: "CREATE INDEX audit_events_subject ON audit_events(subject, id);"),
    Migration(number: 46, name: "the workspace last used", sql: "ALTER TABLE memberships ADD COLUMN entered_at BIGINT;"),
    Migration(number: 47, name: "health of channels", sql: channelHealthSchema),
    Migration(number: 48, name: "identities elsewhere", sql: identitiesSchema),
    Migration(number: 57, name: "plugs", sql: plugsSchema),
    Migration(number: 69, name: "settings of platforms", sql: platformSettingsSchema),
    Migration(number: 70, name: "mails of what failed", sql: failureMailsSchema),
    Migration(number: 71, name: "rules for links", sql: linkRulesSchema),
    Migration(
        number: 72, name: "whether links are shortened",
        sql: "ALTER TABLE organizations ADD COLUMN link_shortening TEXT NOT NULL DEFAULT 'NEVER';"),
    Migration(number: 73, name: "short links", sql: shortLinksSchema),
    Migration(number: 74, name: "origins of what was brought over", sql: originsSchema),
    Migration(
        number: 75, name: "posts that went out elsewhere",
        sql: "ALTER TABLE publications ADD COLUMN elsewhere BOOLEAN NOT NULL DEFAULT FALSE;"),
    Migration(number: 76, name: "passkeys", sql: passkeysSchema),
    Migration(number: 77, name: "accounts that go", sql: accountDeletionsSchema),
    Migration(number: 78, name: "accounts to be activated", sql: activationSchema),
    Migration(number: 79, name: "channels in the trash", sql: channelTrashSchema),
    Migration(number: 80, name: "saved views", sql: savedViewsSchema),
    Migration(number: 81, name: "choices of mails", sql: mailChoicesSchema),
    Migration(number: 82, name: "evergreen posts", sql: evergreenSchema),
    Migration(number: 84, name: "comments on posts", sql: postCommentsSchema),
    Migration(number: 85, name: "help of language models", sql: aiSchema),
    Migration(number: 87, name: "rules for approvals", sql: approvalRulesSchema),
    Migration(
        number: 88, name: "approval of series",
        sql: "ALTER TABLE series ADD COLUMN approved_at BIGINT; ALTER TABLE series ADD COLUMN approved_by TEXT;"),
    Migration(number: 89, name: "links for clients", sql: portalLinksSchema),
    Migration(number: 90, name: "beginning of weeks, mails about several channels", sql: weeksAndNoticesSchema),
    Migration(number: 91, name: "what people have seen", sql: seenSchema),
]

private let accountsSchema = """
    CREATE TABLE organizations (
        id TEXT PRIMARY KEY, name TEXT NOT NULL, time_zone TEXT NOT NULL, created_at BIGINT NOT NULL
    ){strict};
    CREATE TABLE users (
        id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT NOT NULL, password_hash TEXT NOT NULL, role TEXT NOT NULL,
        time_zone TEXT NOT NULL, locale TEXT NOT NULL, created_at BIGINT NOT NULL
    ){strict};
    CREATE TABLE memberships (
        user_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
        organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE,
        role TEXT NOT NULL, created_at BIGINT NOT NULL, PRIMARY KEY (user_id, organization_id)
    ){strict};
    CREATE INDEX memberships_organization ON memberships(organization_id);
    CREATE TABLE sessions (
        id TEXT PRIMARY KEY, token_hash TEXT NOT NULL UNIQUE, user_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
        organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE,
        user_agent TEXT NOT NULL, address TEXT NOT NULL,
        created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, last_seen_at BIGINT NOT NULL
    ){strict};
    CREATE INDEX sessions_user ON sessions(user_id);
    CREATE INDEX sessions_expiry ON sessions(expires_at);
    CREATE TABLE api_keys (
        id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE,
        created_by TEXT REFERENCES users(id) ON DELETE SET NULL, name TEXT NOT NULL, prefix TEXT NOT NULL, hash TEXT NOT NULL UNIQUE,
        scopes JSONB NOT NULL, created_at BIGINT NOT NULL, expires_at BIGINT, last_used_at BIGINT, active BOOLEAN NOT NULL
    ){strict};
    CREATE INDEX api_keys_organization ON api_keys(organization_id);
    CREATE TABLE password_resets (
        token_hash TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
        created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL
    ){strict};
    CREATE TABLE idempotency_keys (
        organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE, operation TEXT NOT NULL, key TEXT NOT NULL,
        request_hash TEXT NOT NULL, status BIGINT, response TEXT, created_at BIGINT NOT NULL,
        PRIMARY KEY (organization_id, operation, key)
    ){strict};
    CREATE TABLE instance_values (name TEXT PRIMARY KEY, value TEXT NOT NULL){strict};
    """

private let channelsSchema = """
    CREATE TABLE integrations (
        id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE,
        platform TEXT NOT NULL, platform_account_id TEXT NOT NULL, username TEXT NOT NULL, display_name TEXT NOT NULL,
        picture_url TEXT, profile_url TEXT, instance_url TEXT, limits JSONB NOT NULL, settings JSONB NOT NULL, slots JSONB NOT NULL,
        scopes JSONB NOT NULL, credentials BYTEA NOT NULL, token_expires_at BIGINT, refreshable BOOLEAN NOT NULL,
        refresh_after BIGINT, refresh_lease_until BIGINT,
        active BOOLEAN NOT NULL, paused_at BIGINT, reconnect_reason TEXT, customer TEXT,
        created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, deleted_at BIGINT
    ){strict};
    CREATE UNIQUE INDEX integrations_account ON integrations(organization_id, platform, platform_account_id) WHERE deleted_at IS NULL;
    CREATE INDEX integrations_refresh ON integrations(refresh_after) WHERE deleted_at IS NULL AND refresh_after IS NOT NULL;
    CREATE TABLE connect_states (
        callback_key TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE,
        user_id TEXT REFERENCES users(id) ON DELETE CASCADE, session_id TEXT, platform TEXT NOT NULL, integration_id TEXT,
        memory BYTEA NOT NULL, return_to TEXT, stage TEXT NOT NULL, created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, used_at BIGINT
    ){strict};
    CREATE TABLE platform_apps (
        platform TEXT NOT NULL, instance_url TEXT NOT NULL, callback_url TEXT NOT NULL, scopes TEXT NOT NULL, credentials BYTEA NOT NULL,
        created_at BIGINT NOT NULL, PRIMARY KEY (platform, instance_url, callback_url, scopes)
    ){strict};
    CREATE TABLE media (
        id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE,
        name TEXT NOT NULL, kind TEXT NOT NULL, mime_type TEXT NOT NULL, size BIGINT NOT NULL, digest TEXT NOT NULL,
        width BIGINT, height BIGINT, duration DOUBLE PRECISION, alt_text TEXT, has_thumbnail BOOLEAN NOT NULL,
        created_at BIGINT NOT NULL, deleted_at BIGINT
    ){strict};
    CREATE INDEX media_organization ON media(organization_id, created_at) WHERE deleted_at IS NULL;
    CREATE INDEX media_digest ON media(digest);
    """

private let postsSchema = """
    CREATE TABLE posts (
        id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE,
        created_by TEXT REFERENCES users(id) ON DELETE SET NULL, origin TEXT NOT NULL, status TEXT NOT NULL,
        content JSONB NOT NULL, channels JSONB NOT NULL, search_text TEXT NOT NULL,
        scheduled_for BIGINT, time_zone TEXT, sort_at BIGINT NOT NULL,
        created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, revision BIGINT NOT NULL, deleted_at BIGINT, creation_key TEXT UNIQUE
    ){strict};
    CREATE INDEX posts_order ON posts(organization_id, sort_at, id) WHERE deleted_at IS NULL;
    CREATE INDEX posts_status ON posts(organization_id, status, sort_at, id) WHERE deleted_at IS NULL;
    CREATE TABLE post_tags (
        post_id TEXT NOT NULL REFERENCES posts(id) ON DELETE CASCADE, organization_id TEXT NOT NULL, tag TEXT NOT NULL,
        PRIMARY KEY (post_id, tag)
    ){strict};
    CREATE INDEX post_tags_tag ON post_tags(organization_id, tag);
    CREATE TABLE post_media (
        post_id TEXT NOT NULL REFERENCES posts(id) ON DELETE CASCADE, media_id TEXT NOT NULL REFERENCES media(id),
        PRIMARY KEY (post_id, media_id)
    ){strict};
    CREATE INDEX post_media_media ON post_media(media_id);
    CREATE TABLE publications (
        id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE,
        post_id TEXT NOT NULL REFERENCES posts(id) ON DELETE CASCADE, integration_id TEXT NOT NULL REFERENCES integrations(id),
        occurrence BIGINT NOT NULL, status TEXT NOT NULL, due_at BIGINT, attempts BIGINT NOT NULL, next_attempt_at BIGINT,
        first_attempt_at BIGINT, lease_until BIGINT, fence BIGINT NOT NULL, refreshed BOOLEAN NOT NULL,
        platform_post_id TEXT, url TEXT, published_at BIGINT,
        error_code TEXT, error_message TEXT, error_kind TEXT, error_answer TEXT, updated_at BIGINT NOT NULL
    ){strict};
    CREATE UNIQUE INDEX publications_once ON publications(post_id, integration_id, occurrence);
    CREATE INDEX publications_due ON publications(due_at) WHERE status = 'SCHEDULED';
    CREATE INDEX publications_lease ON publications(lease_until) WHERE status = 'PUBLISHING';
    CREATE INDEX publications_retry ON publications(next_attempt_at) WHERE status IN ('QUEUED', 'PROCESSING', 'UNCONFIRMED');
    CREATE INDEX publications_integration ON publications(integration_id, status);
    CREATE TABLE publication_steps (
        publication_id TEXT NOT NULL REFERENCES publications(id) ON DELETE CASCADE, name TEXT NOT NULL, state TEXT NOT NULL,
        result TEXT, first_tried_at BIGINT NOT NULL, last_tried_at BIGINT NOT NULL, finished_at BIGINT,
        PRIMARY KEY (publication_id, name)
    ){strict};
    CREATE TABLE publication_attempts (
        publication_id TEXT NOT NULL REFERENCES publications(id) ON DELETE CASCADE, fence BIGINT NOT NULL, started_at BIGINT NOT NULL,
        finished_at BIGINT, outcome TEXT, error_code TEXT, error_message TEXT, error_answer TEXT, PRIMARY KEY (publication_id, fence)
    ){strict};
    CREATE TABLE jobs (
        id TEXT PRIMARY KEY, kind TEXT NOT NULL, unique_key TEXT UNIQUE, payload TEXT NOT NULL, priority BIGINT NOT NULL,
        run_at BIGINT NOT NULL, attempts BIGINT NOT NULL, lease_until BIGINT, fence BIGINT NOT NULL, buried_at BIGINT, last_error TEXT,
        created_at BIGINT NOT NULL
    ){strict};
    CREATE INDEX jobs_ready ON jobs(kind, priority, run_at) WHERE buried_at IS NULL;
    """

private let operationsSchema = """
    CREATE TABLE mail_outbox (
        id TEXT PRIMARY KEY, recipient TEXT NOT NULL, subject TEXT NOT NULL, body BYTEA NOT NULL, status TEXT NOT NULL,
        attempts BIGINT NOT NULL, last_error TEXT, created_at BIGINT NOT NULL, sent_at BIGINT, next_attempt_at BIGINT
    ){strict};
    CREATE INDEX mail_outbox_order ON mail_outbox(created_at);
    CREATE INDEX mail_outbox_due ON mail_outbox(next_attempt_at) WHERE next_attempt_at IS NOT NULL;
    CREATE TABLE audit_events (
        id TEXT PRIMARY KEY, organization_id TEXT, subject TEXT NOT NULL, action TEXT NOT NULL, target TEXT, detail JSONB NOT NULL,
        address TEXT, created_at BIGINT NOT NULL
    ){strict};
    CREATE INDEX audit_events_organization ON audit_events(organization_id, created_at);
    CREATE TABLE post_metrics (
        publication_id TEXT NOT NULL REFERENCES publications(id) ON DELETE CASCADE, organization_id TEXT NOT NULL,
        fetched_at BIGINT NOT NULL, figures JSONB NOT NULL, PRIMARY KEY (publication_id, fetched_at)
    ){strict};
    """

/// `position` grows in the order in which events were committed: `event_positions` is a single row that every writer locks.
private let assistantsSchema = """
    ALTER TABLE api_keys ADD COLUMN draft_only BOOLEAN NOT NULL DEFAULT FALSE;
    CREATE TABLE product_events (
        position BIGINT PRIMARY KEY, id TEXT NOT NULL, organization_id TEXT NOT NULL, type TEXT NOT NULL, at BIGINT NOT NULL,
        data JSONB NOT NULL
    ){strict};
    CREATE INDEX product_events_order ON product_events(organization_id, position);
    CREATE INDEX product_events_age ON product_events(at);
    CREATE TABLE event_positions (last BIGINT NOT NULL){strict};
    INSERT INTO event_positions (last) VALUES (0);
    DROP INDEX audit_events_organization;
    CREATE INDEX audit_events_order ON audit_events(organization_id, id);
    CREATE INDEX audit_events_calls ON audit_events(created_at) WHERE action = 'mcp.call';
    """

/// What assistants sent is kept as text: JSON may hold U+0000, which JSONB refuses.
private let assistantSessionsSchema = """
    CREATE TABLE mcp_sessions (
        id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE, subject TEXT NOT NULL,
        user_id TEXT REFERENCES users(id) ON DELETE CASCADE, transport TEXT NOT NULL, revision TEXT, client_name TEXT, client_version TEXT,
        capabilities TEXT NOT NULL, log_level TEXT, subscriptions TEXT NOT NULL, created_at BIGINT NOT NULL, last_seen_at BIGINT NOT NULL
    ){strict};
    CREATE INDEX mcp_sessions_subject ON mcp_sessions(organization_id, subject);
    CREATE INDEX mcp_sessions_idle ON mcp_sessions(last_seen_at);
    CREATE TABLE mcp_events (
        session_id TEXT NOT NULL REFERENCES mcp_sessions(id) ON DELETE CASCADE, stream TEXT NOT NULL, number BIGINT NOT NULL,
        message TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (session_id, stream, number)
    ){strict};
    CREATE INDEX mcp_events_age ON mcp_events(at);
    CREATE TABLE mcp_activity (
        organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE, subject TEXT NOT NULL, tool TEXT NOT NULL,
        user_id TEXT REFERENCES users(id) ON DELETE CASCADE, client TEXT, calls BIGINT NOT NULL, last_call_at BIGINT NOT NULL,
        PRIMARY KEY (organization_id, subject, tool)
    ){strict};
    CREATE INDEX mcp_activity_age ON mcp_activity(last_call_at);
    CREATE TABLE broadcasts (id TEXT PRIMARY KEY, payload TEXT NOT NULL, at BIGINT NOT NULL){strict};
    CREATE INDEX broadcasts_age ON broadcasts(at);
    """

/// Assistants that sign in: who they are, what they were allowed, and what proves it. Secrets are stored as hashes.
private let authorizationSchema = """
    CREATE TABLE oauth_clients (
        id TEXT PRIMARY KEY, name TEXT NOT NULL, redirect_uris JSONB NOT NULL, created_at BIGINT NOT NULL, fresh_until BIGINT
    ){strict};
    CREATE TABLE oauth_grants (
        id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE,
        user_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE, client_id TEXT NOT NULL, client_name TEXT NOT NULL,
        redirect_host TEXT NOT NULL, resource TEXT NOT NULL, scopes JSONB NOT NULL, draft_only BOOLEAN NOT NULL,
        created_at BIGINT NOT NULL, connected_at BIGINT, last_used_at BIGINT, expires_at BIGINT NOT NULL, revoked_at BIGINT
    ){strict};
    CREATE INDEX oauth_grants_organization ON oauth_grants(organization_id);
    CREATE INDEX oauth_grants_client ON oauth_grants(client_id);
    CREATE TABLE oauth_codes (
        hash TEXT PRIMARY KEY, grant_id TEXT NOT NULL REFERENCES oauth_grants(id) ON DELETE CASCADE, redirect_uri TEXT NOT NULL,
        challenge TEXT NOT NULL, expires_at BIGINT NOT NULL, used_at BIGINT
    ){strict};
    CREATE INDEX oauth_codes_grant ON oauth_codes(grant_id);
    CREATE TABLE oauth_tokens (
        hash TEXT PRIMARY KEY, grant_id TEXT NOT NULL REFERENCES oauth_grants(id) ON DELETE CASCADE, kind TEXT NOT NULL,
        expires_at BIGINT NOT NULL, used_at BIGINT
    ){strict};
    CREATE INDEX oauth_tokens_grant ON oauth_tokens(grant_id);
    CREATE INDEX oauth_tokens_expiry ON oauth_tokens(expires_at);
    """

/// The wall time that a post keeps, and the edition of the zone database by which its instant was computed. What was planned before has an
/// edition alone: its wall time is told by that edition's rules (`EarlierRules`).
private let wallTimesSchema = """
    ALTER TABLE posts ADD COLUMN wall_time TEXT;
    ALTER TABLE posts ADD COLUMN zone_rules TEXT;
    UPDATE posts SET zone_rules = '2025b'
    WHERE time_zone IS NOT NULL AND scheduled_for IS NOT NULL AND status IN ('DRAFT', 'IN_REVIEW', 'SCHEDULED', 'CANCELLED');
    CREATE INDEX posts_wall_time ON posts(scheduled_for) WHERE zone_rules IS NOT NULL;
    CREATE INDEX audit_events_replans ON audit_events(target) WHERE action = 'post.replanned';
    """

/// `catch_up` says what becomes of late posts. That of the whole instance is the instance value `paused_at`.
private let pausesSchema = """
    ALTER TABLE organizations ADD COLUMN paused_at BIGINT;
    ALTER TABLE organizations ADD COLUMN catch_up TEXT NOT NULL DEFAULT 'SEND_NOW';
    CREATE INDEX publications_held ON publications(due_at) WHERE status = 'ON_HOLD';
    CREATE INDEX publications_overdue ON publications(organization_id, due_at) WHERE error_code = 'OVERDUE';
    """

/// `checked_at` is when a planned publication was last looked at, `preflight` what would keep it from going out.
private let preflightSchema = """
    ALTER TABLE publications ADD COLUMN preflight JSONB;
    ALTER TABLE publications ADD COLUMN checked_at BIGINT;
    CREATE INDEX publications_unchecked ON publications(due_at) WHERE status = 'SCHEDULED' AND checked_at IS NULL;
    CREATE INDEX publications_preflight ON publications(organization_id, due_at) WHERE status = 'SCHEDULED' AND preflight IS NOT NULL;
    DROP INDEX publications_due;
    CREATE INDEX publications_due ON publications(due_at, checked_at) WHERE status = 'SCHEDULED';
    """

/// `thumbnail_due` is when the small picture is to be made (again); null when nothing is left to do.
private let thumbnailsSchema = """
    ALTER TABLE media ADD COLUMN thumbnail_due BIGINT;
    ALTER TABLE media ADD COLUMN thumbnail_tries BIGINT NOT NULL DEFAULT 0;
    CREATE INDEX media_thumbnails ON media(organization_id, created_at) WHERE thumbnail_due IS NOT NULL;
    """

/// Figures of accounts are kept by day, the latest of each. Tokens: when a renewal that failed may be tried again, the ones before the
/// last renewal until the new ones have proved themselves, and which warning of their end went out last.
private let accountsOverTimeSchema = """
    CREATE TABLE account_metrics (
        integration_id TEXT NOT NULL REFERENCES integrations(id) ON DELETE CASCADE,
        organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE,
        day TEXT NOT NULL, figures JSONB NOT NULL, PRIMARY KEY (integration_id, day)
    ){strict};
    CREATE INDEX publications_latest ON publications(integration_id, published_at) WHERE published_at IS NOT NULL;
    ALTER TABLE integrations ADD COLUMN figures_read_at BIGINT;
    ALTER TABLE integrations ADD COLUMN figures_not_before BIGINT;
    ALTER TABLE integrations ADD COLUMN refresh_not_before BIGINT;
    ALTER TABLE integrations ADD COLUMN previous_credentials BYTEA;
    ALTER TABLE integrations ADD COLUMN warned BIGINT NOT NULL DEFAULT 0;
    """

/// `conversion_due` is when the next version of a film is to be made (again); null when none waits.
private let conversionsSchema = """
    ALTER TABLE media ADD COLUMN conversions JSONB;
    ALTER TABLE media ADD COLUMN conversion_due BIGINT;
    ALTER TABLE media ADD COLUMN conversion_tries BIGINT NOT NULL DEFAULT 0;
    CREATE INDEX media_conversions ON media(conversion_due) WHERE conversion_due IS NOT NULL;
    """

/// Each workspace's plans, and what of them stands in the queue; what keeps publications from asking a platform (`GateRepository`).
private let turnsSchema = """
    CREATE INDEX publications_turn ON publications(organization_id, due_at) WHERE status = 'SCHEDULED';
    CREATE INDEX publications_queued ON publications(organization_id, next_attempt_at) WHERE status = 'QUEUED';
    CREATE TABLE platform_gates (
        name TEXT PRIMARY KEY, failures BIGINT NOT NULL, blocked_until BIGINT, probed_until BIGINT, window_start BIGINT, used BIGINT NOT NULL
    ){strict};
    """

/// Files on their way up in pieces: how much of each is on the disk. `busy_until` is set while a whole one is made into a file.
private let partialUploadsSchema = """
    CREATE TABLE partial_uploads (
        id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE, name TEXT NOT NULL,
        alt_text TEXT, size BIGINT NOT NULL, received BIGINT NOT NULL, busy_until BIGINT,
        media_id TEXT REFERENCES media(id) ON DELETE SET NULL, created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL
    ){strict};
    CREATE INDEX partial_uploads_organization ON partial_uploads(organization_id);
    CREATE INDEX partial_uploads_expiry ON partial_uploads(expires_at);
    """

/// What a calendar reads of posts that it counts but does not show, and the times that are taken on a channel. SQLite answers from the index
/// alone only when it also holds what its condition names.
private let calendarSchema = """
    CREATE INDEX posts_calendar ON posts(organization_id, scheduled_for, id, deleted_at)
        WHERE deleted_at IS NULL AND scheduled_for IS NOT NULL;
    CREATE INDEX publications_planned ON publications(integration_id, due_at)
        WHERE status IN ('SCHEDULED', 'ON_HOLD', 'QUEUED', 'PUBLISHING', 'DRAFT');
    """

/// Who is putting something of a file into the store (`KEEP`), or taking all of it out (`REMOVE`). One that has ended without being let go of
/// belonged to a process that died: what it left is looked at again.
private let mediaHoldsSchema = """
    CREATE TABLE media_holds (id TEXT PRIMARY KEY, digest TEXT NOT NULL, purpose TEXT NOT NULL, ends_at BIGINT NOT NULL){strict};
    CREATE INDEX media_holds_digest ON media_holds(digest);
    CREATE INDEX media_holds_end ON media_holds(ends_at);
    """

/// Addresses that are told what happens, and what they were told. Secrets are sealed; `body` is text, since what is signed are its bytes.
private let webhooksSchema = """
    CREATE TABLE webhooks (
        id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE, name TEXT NOT NULL,
        url TEXT NOT NULL, secret BYTEA NOT NULL, previous_secret BYTEA, previous_until BIGINT, events JSONB NOT NULL,
        integration_ids JSONB NOT NULL, status TEXT NOT NULL, stopped_reason TEXT, failing_since BIGINT, created_at BIGINT NOT NULL
    ){strict};
    CREATE INDEX webhooks_organization ON webhooks(organization_id);
    CREATE TABLE webhook_deliveries (
        id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE,
        webhook_id TEXT NOT NULL REFERENCES webhooks(id) ON DELETE CASCADE, type TEXT NOT NULL, body TEXT NOT NULL, status TEXT NOT NULL,
        attempts BIGINT NOT NULL, next_attempt_at BIGINT, created_at BIGINT NOT NULL, attempted_at BIGINT, answer_status BIGINT, answer TEXT,
        duration BIGINT
    ){strict};
    CREATE INDEX webhook_deliveries_webhook ON webhook_deliveries(webhook_id, id);
    CREATE INDEX webhook_deliveries_due ON webhook_deliveries(webhook_id, next_attempt_at) WHERE next_attempt_at IS NOT NULL;
    CREATE INDEX webhook_deliveries_created ON webhook_deliveries(created_at);
    """

/// A removed file is in the trash (`deleted_at`) until it is gone for good (`purged_at`): from then on nothing keeps its bytes in the store. What was
/// removed before there was a trash is gone already.
private let trashSchema = """
    ALTER TABLE media ADD COLUMN purged_at BIGINT;
    ALTER TABLE media ADD COLUMN folder TEXT;
    UPDATE media SET purged_at = deleted_at WHERE deleted_at IS NOT NULL;
    CREATE INDEX media_trash ON media(organization_id, deleted_at, id) WHERE deleted_at IS NOT NULL AND purged_at IS NULL;
    CREATE INDEX media_trash_age ON media(deleted_at) WHERE deleted_at IS NOT NULL AND purged_at IS NULL;
    CREATE INDEX media_folders ON media(organization_id, folder) WHERE folder IS NOT NULL AND deleted_at IS NULL;
    CREATE INDEX posts_trash ON posts(organization_id, deleted_at, id) WHERE deleted_at IS NOT NULL;
    CREATE INDEX posts_trash_age ON posts(deleted_at) WHERE deleted_at IS NOT NULL;
    """

/// Each behind a secret address, which is stored as a hash; of one channel or of all.
private let calendarFeedsSchema = """
    CREATE TABLE calendar_feeds (
        id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE,
        integration_id TEXT REFERENCES integrations(id) ON DELETE CASCADE, hash TEXT NOT NULL UNIQUE,
        created_by TEXT REFERENCES users(id) ON DELETE SET NULL, created_at BIGINT NOT NULL, last_used_at BIGINT
    ){strict};
    CREATE INDEX calendar_feeds_organization ON calendar_feeds(organization_id);
    """

/// `renewed_at`: when the tokens were brought or renewed; nothing where that was before this column, or when the channel was connected.
private let channelHealthSchema = """
    ALTER TABLE integrations ADD COLUMN renewed_at BIGINT;
    CREATE INDEX publications_published ON publications(integration_id, published_at) WHERE published_at IS NOT NULL;
    """

/// The languages stand by themselves: lists of files need no more.
private let captionsSchema = """
    ALTER TABLE media ADD COLUMN captions JSONB;
    ALTER TABLE media ADD COLUMN caption_languages JSONB;
    """

/// Posts as they were saved, each with the post's revision that saving it made. What a post is like now stands in its own row; a post that was never
/// changed has none here.
private let postRevisionsSchema = """
    CREATE TABLE post_revisions (
        post_id TEXT NOT NULL REFERENCES posts(id) ON DELETE CASCADE, organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE,
        revision BIGINT NOT NULL, saved_at BIGINT NOT NULL, saved_by TEXT REFERENCES users(id) ON DELETE SET NULL, origin TEXT NOT NULL,
        is_draft BOOLEAN NOT NULL, restored BIGINT, document JSONB NOT NULL, PRIMARY KEY (post_id, revision)
    ){strict};
    """

/// Feeds whose items become posts. `quiet` feeds only note at their next reading. An item's post is made in the transaction that notes it.
private let feedSourcesSchema = """
    CREATE TABLE feed_sources (
        id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE,
        created_by TEXT REFERENCES users(id) ON DELETE SET NULL, name TEXT NOT NULL, url TEXT NOT NULL, integration_ids JSONB NOT NULL,
        mode TEXT NOT NULL, pattern TEXT NOT NULL, filter JSONB NOT NULL, with_picture BOOLEAN NOT NULL, posts_per_day BIGINT NOT NULL,
        minutes BIGINT NOT NULL, status TEXT NOT NULL, paused_reason TEXT, failing_since BIGINT, last_error TEXT, last_read_at BIGINT,
        next_read_at BIGINT NOT NULL, created_at BIGINT NOT NULL, etag TEXT, last_modified TEXT, digest TEXT,
        failures BIGINT NOT NULL DEFAULT 0, quiet BOOLEAN NOT NULL DEFAULT FALSE
    ){strict};
    CREATE INDEX feed_sources_organization ON feed_sources(organization_id, name);
    CREATE INDEX feed_sources_due ON feed_sources(next_read_at) WHERE status = 'ACTIVE';
    CREATE TABLE feed_entries (
        id TEXT PRIMARY KEY, source_id TEXT NOT NULL REFERENCES feed_sources(id) ON DELETE CASCADE,
        organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE, item_key TEXT NOT NULL, link TEXT, title TEXT NOT NULL,
        published BIGINT, item JSONB NOT NULL, status TEXT NOT NULL, reason TEXT, post_id TEXT REFERENCES posts(id) ON DELETE SET NULL,
        seen_at BIGINT NOT NULL, last_seen_at BIGINT NOT NULL, posted_at BIGINT, UNIQUE (source_id, item_key)
    ){strict};
    CREATE INDEX feed_entries_source ON feed_entries(source_id, id);
    CREATE INDEX feed_entries_organization ON feed_entries(organization_id);
    CREATE INDEX feed_entries_post ON feed_entries(post_id) WHERE post_id IS NOT NULL;
    CREATE INDEX feed_entries_waiting ON feed_entries(source_id, id) WHERE status = 'WAITING';
    CREATE INDEX feed_entries_held ON feed_entries(organization_id, source_id) WHERE status = 'HELD';
    CREATE INDEX feed_entries_seen ON feed_entries(last_seen_at);
    """

/// Links that make members, each once.
private let invitationsSchema = """
    CREATE TABLE invitations (
        id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE, hash TEXT NOT NULL UNIQUE,
        role TEXT NOT NULL, email TEXT, created_by TEXT REFERENCES users(id) ON DELETE SET NULL, created_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL
    ){strict};
    CREATE INDEX invitations_organization ON invitations(organization_id);
    CREATE INDEX invitations_expiry ON invitations(expires_at);
    """

/// What posts are made of again and again.
private let templatesSchema = """
    CREATE TABLE templates (
        id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE,
        created_by TEXT REFERENCES users(id) ON DELETE SET NULL, name TEXT NOT NULL, parts JSONB NOT NULL, integration_ids JSONB NOT NULL,
        settings JSONB NOT NULL, tags JSONB NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL
    ){strict};
    CREATE UNIQUE INDEX templates_name ON templates(organization_id, name);
    CREATE TABLE signatures (
        id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE,
        created_by TEXT REFERENCES users(id) ON DELETE SET NULL, name TEXT NOT NULL, body TEXT NOT NULL, automatic BOOLEAN NOT NULL,
        created_at BIGINT NOT NULL
    ){strict};
    CREATE UNIQUE INDEX signatures_name ON signatures(organization_id, name);
    CREATE TABLE hashtag_groups (
        id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE,
        created_by TEXT REFERENCES users(id) ON DELETE SET NULL, name TEXT NOT NULL, hashtags JSONB NOT NULL, created_at BIGINT NOT NULL
    ){strict};
    CREATE UNIQUE INDEX hashtag_groups_name ON hashtag_groups(organization_id, name);
    """

/// Tables that become posts; `file` only until they have.
private let postImportsSchema = """
    CREATE TABLE post_imports (
        id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE,
        created_by TEXT REFERENCES users(id) ON DELETE SET NULL, name TEXT NOT NULL, file BYTEA, status TEXT NOT NULL, count BIGINT NOT NULL,
        created_at BIGINT NOT NULL, done_at BIGINT, undone_at BIGINT
    ){strict};
    CREATE INDEX post_imports_organization ON post_imports(organization_id, id);
    CREATE TABLE imported_posts (
        post_id TEXT PRIMARY KEY REFERENCES posts(id) ON DELETE CASCADE, import_id TEXT NOT NULL REFERENCES post_imports(id) ON DELETE CASCADE
    ){strict};
    CREATE INDEX imported_posts_import ON imported_posts(import_id);
    """

/// Each behind a secret address, which is stored as a hash.
private let incomingWebhooksSchema = """
    CREATE TABLE incoming_webhooks (
        id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE,
        created_by TEXT REFERENCES users(id) ON DELETE SET NULL, name TEXT NOT NULL, hash TEXT NOT NULL UNIQUE, integration_ids JSONB NOT NULL,
        created_at BIGINT NOT NULL, last_used_at BIGINT, received BIGINT NOT NULL
    ){strict};
    CREATE INDEX incoming_webhooks_organization ON incoming_webhooks(organization_id, name);
    """

/// Posts that repeat. Their next posts stand among the others, at most one for each day that the rule names.
private let seriesSchema = """
    CREATE TABLE series (
        id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE,
        created_by TEXT REFERENCES users(id) ON DELETE SET NULL, origin TEXT NOT NULL, content JSONB NOT NULL, channels JSONB NOT NULL,
        tags JSONB NOT NULL, rule TEXT NOT NULL, starts TEXT NOT NULL, time_zone TEXT NOT NULL, ends_before TEXT, excluded JSONB NOT NULL,
        plan TEXT NOT NULL, status TEXT NOT NULL, next_check_at BIGINT, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL,
        revision BIGINT NOT NULL
    ){strict};
    CREATE INDEX series_organization ON series(organization_id, id);
    CREATE INDEX series_due ON series(next_check_at) WHERE status = 'ACTIVE';
    ALTER TABLE posts ADD COLUMN series_id TEXT;
    ALTER TABLE posts ADD COLUMN series_day TEXT;
    ALTER TABLE posts ADD COLUMN series_changed BOOLEAN NOT NULL DEFAULT FALSE;
    CREATE UNIQUE INDEX posts_series ON posts(series_id, series_day) WHERE series_id IS NOT NULL;
    """

/// One sealed secret a person, in force once it is confirmed; codes of steps up to `last_step` are used up. Recovery codes are there as hashes as
/// long as they can be used.
private let secondFactorsSchema = """
    CREATE TABLE second_factors (
        user_id TEXT PRIMARY KEY REFERENCES users(id) ON DELETE CASCADE, secret BYTEA NOT NULL, created_at BIGINT NOT NULL,
        confirmed_at BIGINT, last_step BIGINT NOT NULL
    ){strict};
    CREATE TABLE recovery_codes (
        user_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE, hash TEXT NOT NULL, PRIMARY KEY (user_id, hash)
    ){strict};
    ALTER TABLE organizations ADD COLUMN needs_second_factor BOOLEAN NOT NULL DEFAULT FALSE;
    """

/// What the environment does not set of platforms' apps; each value is sealed.
private let platformSettingsSchema = """
    CREATE TABLE platform_settings (name TEXT PRIMARY KEY, value BYTEA NOT NULL, updated_at BIGINT NOT NULL){strict};
    """

/// What is done with posts that are out. A run is there once for a plug and a publication; `mark` says what was done, so that two plugs do not
/// do the same.
private let plugsSchema = """
    CREATE TABLE plugs (
        id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE,
        created_by TEXT REFERENCES users(id) ON DELETE SET NULL, integration_id TEXT NOT NULL REFERENCES integrations(id) ON DELETE CASCADE,
        post_id TEXT REFERENCES posts(id) ON DELETE CASCADE, acting_id TEXT NOT NULL REFERENCES integrations(id) ON DELETE CASCADE,
        action TEXT NOT NULL, text TEXT NOT NULL, trigger_kind TEXT NOT NULL, amount BIGINT NOT NULL, days BIGINT NOT NULL,
        active BOOLEAN NOT NULL, since BIGINT NOT NULL, created_at BIGINT NOT NULL
    ){strict};
    CREATE INDEX plugs_organization ON plugs(organization_id, integration_id);
    CREATE INDEX plugs_post ON plugs(post_id) WHERE post_id IS NOT NULL;
    CREATE TABLE plug_runs (
        id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE, plug_id TEXT NOT NULL,
        publication_id TEXT NOT NULL REFERENCES publications(id) ON DELETE CASCADE, acting_id TEXT NOT NULL, action TEXT NOT NULL,
        mark TEXT, likes BIGINT, post_id TEXT, created_at BIGINT NOT NULL, UNIQUE (plug_id, publication_id)
    ){strict};
    CREATE UNIQUE INDEX plug_runs_mark ON plug_runs(publication_id, acting_id, mark) WHERE mark IS NOT NULL;
    CREATE UNIQUE INDEX plug_runs_post ON plug_runs(post_id) WHERE post_id IS NOT NULL;
    """

/// By what else people sign in: an account at a provider of identities, named by it alone, never by its e-mail address.
private let identitiesSchema = """
    CREATE TABLE identities (
        id TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE, issuer TEXT NOT NULL, subject TEXT NOT NULL,
        provider TEXT NOT NULL, email TEXT, created_at BIGINT NOT NULL, last_used_at BIGINT NOT NULL
    ){strict};
    CREATE UNIQUE INDEX identities_subject ON identities(issuer, subject);
    CREATE INDEX identities_user ON identities(user_id);
    """

/// Whether a person wants mails of what failed, and which change of a publication was told last. What failed before was seen.
private let failureMailsSchema = """
    ALTER TABLE users ADD COLUMN mails_failures BOOLEAN NOT NULL DEFAULT TRUE;
    ALTER TABLE publications ADD COLUMN told_at BIGINT;
    CREATE INDEX publications_troubled ON publications(updated_at) WHERE status IN ('FAILED', 'UNCONFIRMED');
    UPDATE publications SET told_at = updated_at WHERE status IN ('FAILED', 'UNCONFIRMED');
    """

/// Which links of posts get which parameters when they go out.
private let linkRulesSchema = """
    CREATE TABLE link_rules (
        id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE,
        created_by TEXT REFERENCES users(id) ON DELETE SET NULL, place BIGINT NOT NULL, name TEXT NOT NULL, hosts JSONB NOT NULL,
        except_hosts JSONB NOT NULL, parameters JSONB NOT NULL, active BOOLEAN NOT NULL, created_at BIGINT NOT NULL
    ){strict};
    CREATE INDEX link_rules_organization ON link_rules(organization_id, place);
    """

/// A short link stays when its post goes, because it is out in the world: it goes with its workspace. Of who followed it nothing is kept but a count
/// for each day.
private let shortLinksSchema = """
    CREATE TABLE short_links (
        code TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE, post_id TEXT NOT NULL,
        publication_id TEXT NOT NULL, integration_id TEXT NOT NULL, target TEXT NOT NULL, target_hash TEXT NOT NULL, created_at BIGINT NOT NULL,
        UNIQUE (publication_id, target_hash)
    ){strict};
    CREATE INDEX short_links_post ON short_links(organization_id, post_id);
    CREATE TABLE short_link_clicks (
        code TEXT NOT NULL REFERENCES short_links(code) ON DELETE CASCADE, day TEXT NOT NULL, people BIGINT NOT NULL, bots BIGINT NOT NULL,
        PRIMARY KEY (code, day)
    ){strict};
    """

/// A removed channel keeps its tokens until it leaves the trash. Those removed before kept none: they are gone for good.
private let channelTrashSchema = """
    ALTER TABLE integrations ADD COLUMN purged_at BIGINT;
    UPDATE integrations SET purged_at = deleted_at WHERE deleted_at IS NOT NULL;
    CREATE INDEX integrations_trash ON integrations(deleted_at) WHERE deleted_at IS NOT NULL AND purged_at IS NULL;
    """

/// What pages show, by names, and with which of them a person's page begins.
private let savedViewsSchema = """
    CREATE TABLE saved_views (
        id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE,
        user_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE, place TEXT NOT NULL, name TEXT NOT NULL, filters JSONB NOT NULL,
        shared BOOLEAN NOT NULL, created_at BIGINT NOT NULL
    ){strict};
    CREATE UNIQUE INDEX saved_views_name ON saved_views(organization_id, user_id, place, name);
    CREATE INDEX saved_views_user ON saved_views(user_id);
    CREATE TABLE default_views (
        organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE,
        user_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE, place TEXT NOT NULL,
        view_id TEXT NOT NULL REFERENCES saved_views(id) ON DELETE CASCADE, PRIMARY KEY (user_id, organization_id, place)
    ){strict};
    CREATE INDEX default_views_view ON default_views(view_id);
    CREATE INDEX default_views_organization ON default_views(organization_id);
    """

/// Which mails a person wants, whom a mail is for and what it is about, and what was decided about posts in review and not yet told.
private let mailChoicesSchema = """
    ALTER TABLE users ADD COLUMN mails_connections BOOLEAN NOT NULL DEFAULT TRUE;
    ALTER TABLE users ADD COLUMN mails_reviews BOOLEAN NOT NULL DEFAULT TRUE;
    ALTER TABLE users ADD COLUMN weekly_mail_at BIGINT;
    CREATE INDEX users_weekly_mail ON users(weekly_mail_at) WHERE weekly_mail_at IS NOT NULL;
    ALTER TABLE mail_outbox ADD COLUMN reader_id TEXT;
    ALTER TABLE mail_outbox ADD COLUMN topic TEXT;
    CREATE TABLE review_notices (
        id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE,
        post_id TEXT NOT NULL REFERENCES posts(id) ON DELETE CASCADE, kind TEXT NOT NULL, made_by TEXT REFERENCES users(id) ON DELETE SET NULL
    ){strict};
    CREATE INDEX review_notices_organization ON review_notices(organization_id);
    CREATE INDEX review_notices_post ON review_notices(post_id);
    CREATE INDEX review_notices_made_by ON review_notices(made_by);
    """

/// What is said about posts within the workspace.
private let postCommentsSchema = """
    CREATE TABLE post_comments (
        id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE,
        post_id TEXT NOT NULL REFERENCES posts(id) ON DELETE CASCADE, kind TEXT NOT NULL, text TEXT NOT NULL,
        author_id TEXT REFERENCES users(id) ON DELETE SET NULL, author TEXT NOT NULL, mentions JSONB NOT NULL, created_at BIGINT NOT NULL
    ){strict};
    CREATE INDEX post_comments_post ON post_comments(post_id, created_at);
    CREATE INDEX post_comments_organization ON post_comments(organization_id);
    CREATE INDEX post_comments_author ON post_comments(author_id);
    ALTER TABLE review_notices ADD COLUMN comment_id TEXT;
    """

/// Keys of devices by which people sign in, and the challenges that were answered, for as long as they could be answered once more. A session knows
/// whether a passkey has opened it.
private let passkeysSchema = """
    CREATE TABLE passkeys (
        id TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE, credential TEXT NOT NULL UNIQUE,
        public_key BYTEA NOT NULL, algorithm BIGINT NOT NULL, counter BIGINT NOT NULL, synced BOOLEAN NOT NULL, transports JSONB NOT NULL,
        name TEXT NOT NULL, created_at BIGINT NOT NULL, last_used_at BIGINT
    ){strict};
    CREATE INDEX passkeys_user ON passkeys(user_id);
    CREATE TABLE passkey_challenges (hash TEXT PRIMARY KEY, ends_at BIGINT NOT NULL){strict};
    ALTER TABLE sessions ADD COLUMN by_passkey BOOLEAN NOT NULL DEFAULT FALSE;
    """

/// Accounts that go at a time unless their person comes back, with the workspaces that were paused for it. A workspace that was closed has no members
/// any more, and is removed bit by bit.
private let accountDeletionsSchema = """
    CREATE TABLE account_deletions (
        user_id TEXT PRIMARY KEY REFERENCES users(id) ON DELETE CASCADE, requested_at BIGINT NOT NULL, ends_at BIGINT NOT NULL,
        paused JSONB NOT NULL
    ){strict};
    CREATE INDEX account_deletions_end ON account_deletions(ends_at);
    ALTER TABLE organizations ADD COLUMN closed_at BIGINT;
    CREATE INDEX organizations_closed ON organizations(closed_at) WHERE closed_at IS NOT NULL;
    """

/// Whether a person has still to show that their address is theirs. Whoever is there already has nothing to show.
private let activationSchema = """
    ALTER TABLE users ADD COLUMN awaits_activation BOOLEAN NOT NULL DEFAULT FALSE;
    CREATE TABLE activation_links (
        token_hash TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE, expires_at BIGINT NOT NULL
    ){strict};
    CREATE INDEX activation_links_user ON activation_links(user_id);
    """

/// What goes out again and again. A time of a channel is used once, also when its post was removed.
private let evergreenSchema = """
    CREATE TABLE evergreen_entries (
        id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE,
        written_by TEXT REFERENCES users(id) ON DELETE SET NULL, integration_id TEXT NOT NULL REFERENCES integrations(id) ON DELETE CASCADE,
        post_id TEXT REFERENCES posts(id) ON DELETE SET NULL, texts JSONB NOT NULL, media_ids JSONB NOT NULL, settings JSONB NOT NULL,
        tags JSONB NOT NULL, links_as_written BOOLEAN NOT NULL, every_days BIGINT NOT NULL,
        most BIGINT, ends_at BIGINT, active BOOLEAN NOT NULL, paused_reason TEXT, outings BIGINT NOT NULL, last_outing_at BIGINT,
        created_at BIGINT NOT NULL
    ){strict};
    CREATE INDEX evergreen_entries_organization ON evergreen_entries(organization_id);
    CREATE INDEX evergreen_entries_channel ON evergreen_entries(integration_id);
    CREATE INDEX evergreen_entries_post ON evergreen_entries(post_id) WHERE post_id IS NOT NULL;
    CREATE TABLE evergreen_outings (
        integration_id TEXT NOT NULL REFERENCES integrations(id) ON DELETE CASCADE, due_at BIGINT NOT NULL,
        organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE, entry_id TEXT NOT NULL, text TEXT NOT NULL,
        post_id TEXT REFERENCES posts(id) ON DELETE SET NULL, failure_seen BOOLEAN NOT NULL DEFAULT FALSE,
        PRIMARY KEY (integration_id, due_at)
    ){strict};
    CREATE INDEX evergreen_outings_entry ON evergreen_outings(entry_id, due_at);
    CREATE INDEX evergreen_outings_post ON evergreen_outings(post_id) WHERE post_id IS NOT NULL;
    """

/// What was brought over from another program: each thing there once, with what it is here. `made` is false for what was here before.
private let originsSchema = """
    CREATE TABLE origin_runs (
        id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE,
        created_by TEXT REFERENCES users(id) ON DELETE SET NULL, source TEXT NOT NULL, name TEXT NOT NULL, counts JSONB NOT NULL,
        created_at BIGINT NOT NULL, done_at BIGINT, undone_at BIGINT
    ){strict};
    CREATE INDEX origin_runs_organization ON origin_runs(organization_id, id);
    CREATE TABLE origins (
        organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE, source TEXT NOT NULL, kind TEXT NOT NULL,
        source_id TEXT NOT NULL, target_id TEXT NOT NULL, run_id TEXT NOT NULL REFERENCES origin_runs(id) ON DELETE CASCADE,
        made BOOLEAN NOT NULL, PRIMARY KEY (organization_id, source, kind, source_id)
    ){strict};
    CREATE INDEX origins_run ON origins(run_id, kind);
    """

/// With which words workspaces ask language models where they are not the usual ones, and how much each has used in a month.
private let aiSchema = """
    CREATE TABLE ai_prompts (
        organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE, task TEXT NOT NULL, prompt TEXT NOT NULL,
        PRIMARY KEY (organization_id, task)
    ){strict};
    CREATE TABLE ai_usage (
        organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE, month TEXT NOT NULL, tokens BIGINT NOT NULL,
        PRIMARY KEY (organization_id, month)
    ){strict};
    """

/// What has to be approved, of whom and where: what was one choice of the workspace is one of its rules.
private let approvalRulesSchema = """
    CREATE TABLE approval_rules (
        id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE, members TEXT NOT NULL,
        integration_id TEXT REFERENCES integrations(id) ON DELETE CASCADE, customer TEXT
    ){strict};
    CREATE INDEX approval_rules_organization ON approval_rules(organization_id);
    CREATE INDEX approval_rules_integration ON approval_rules(integration_id);
    INSERT INTO approval_rules (id, organization_id, members) SELECT id, id, 'USER' FROM organizations WHERE needs_approval;
    ALTER TABLE organizations DROP COLUMN needs_approval;
    """

/// Links by which clients see what goes out on a customer's channels, by the hash of their secret; and which comments they see.
private let portalLinksSchema = """
    CREATE TABLE portal_links (
        id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations(id) ON DELETE CASCADE, hash TEXT NOT NULL UNIQUE,
        customer TEXT NOT NULL, person TEXT NOT NULL, may_approve BOOLEAN NOT NULL, created_by TEXT REFERENCES users(id) ON DELETE SET NULL,
        created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, last_used_at BIGINT
    ){strict};
    CREATE INDEX portal_links_organization ON portal_links(organization_id);
    CREATE INDEX portal_links_maker ON portal_links(created_by);
    ALTER TABLE post_comments ADD COLUMN customer TEXT;
    ALTER TABLE post_comments ADD COLUMN by_client BOOLEAN NOT NULL DEFAULT FALSE;
    """

/// With which day people's weeks begin, and who is to be told by mail of which channels.
private let weeksAndNoticesSchema = """
    ALTER TABLE users ADD COLUMN week_start TEXT NOT NULL DEFAULT 'REGION';
    CREATE TABLE connection_notices (
        user_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
        integration_id TEXT NOT NULL REFERENCES integrations(id) ON DELETE CASCADE, PRIMARY KEY (user_id, integration_id)
    ){strict};
    CREATE INDEX connection_notices_integration ON connection_notices(integration_id);
    """

/// Up to which event a member has looked, when they were there last, and from when to when they were not. What may concern a person is found
/// among all that happens.
private let seenSchema = """
    ALTER TABLE memberships ADD COLUMN seen_position BIGINT;
    ALTER TABLE memberships ADD COLUMN visited_at BIGINT;
    ALTER TABLE memberships ADD COLUMN away_since BIGINT;
    CREATE INDEX product_events_news ON product_events(organization_id, position) WHERE type IN (
        'post_in_review', 'post_commented', 'post_updated', 'post_at_risk', 'post_overdue', 'post_partially_published', 'post_failed',
        'integration_ending', 'integration_needs_reconnect', 'publishing_paused', 'publishing_resumed', 'zone_rules_changed',
        'webhook_stopped', 'member_joined', 'member_left');
    """
