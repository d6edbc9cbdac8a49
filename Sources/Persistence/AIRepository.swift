import Domain

/// What workspaces ask language models with, and how much they have used.
public enum AIRepository {
    /// The prompts that are not the standard ones.
    public static func prompts(of organization: OrganizationID, in transaction: any Transaction) throws -> [AITask: AIPrompt] {
        let rows = try transaction.query("SELECT task, prompt FROM ai_prompts WHERE organization_id = $1", organization)
        return Dictionary(try rows.map { (try $0.status("task"), AIPrompt(try $0.text("prompt"))) }) { first, _ in first }
    }

    /// Nil: the standard one.
    public static func set(_ prompt: AIPrompt?, for task: AITask, of organization: OrganizationID, in transaction: any Transaction) throws {
        guard let prompt else {
            try transaction.execute("DELETE FROM ai_prompts WHERE organization_id = $1 AND task = $2", organization, task.rawValue)
            return
        }
        try transaction.execute(
            """
            INSERT INTO ai_prompts (organization_id, task, prompt) VALUES ($1, $2, $3)
            ON CONFLICT (organization_id, task) DO UPDATE SET prompt = $3
            """, organization, task.rawValue, prompt.words)
    }

    /// Tokens in `month`, such as `2026-11`.
    public static func used(in month: String, of organization: OrganizationID, in transaction: any Transaction) throws -> Int {
        try transaction.query("SELECT tokens FROM ai_usage WHERE organization_id = $1 AND month = $2", organization, month).first?.int("tokens") ?? 0
    }

    /// Puts `tokens` aside for a request. False, and nothing is put aside, where the month would have more than `budget` then.
    public static func reserve(
        _ tokens: Int, of budget: Int, in month: String, for organization: OrganizationID, in transaction: any Transaction
    ) throws -> Bool {
        guard tokens <= budget else { return false }
        return try transaction.execute(
            """
            INSERT INTO ai_usage (organization_id, month, tokens) VALUES ($1, $2, $3)
            ON CONFLICT (organization_id, month) DO UPDATE SET tokens = ai_usage.tokens + $3 WHERE ai_usage.tokens + $3 <= $4
            """, organization, month, tokens, budget) == 1
    }

    /// Puts in the place of what was put aside what it was: `more` may be less than nothing. Returns what the month has then.
    public static func settle(_ more: Int, in month: String, of organization: OrganizationID, in transaction: any Transaction) throws -> Int {
        try transaction.query(
            """
            UPDATE ai_usage SET tokens = CASE WHEN tokens + $3 < 0 THEN 0 ELSE tokens + $3 END
            WHERE organization_id = $1 AND month = $2 RETURNING tokens
            """, organization, month, more
        ).first?.int("tokens") ?? 0
    }

    /// Forgets months before `month`: nobody asks for them.
    public static func removeUsage(before month: String, of organization: OrganizationID, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM ai_usage WHERE organization_id = $1 AND month < $2", organization, month)
    }
}
