/// Gives something to `work` and lets go of it, however that ends: `defer` cannot wait.
public func using<Resource, Value, Failure: Error>(
    _ resource: Resource, _ end: (Resource) async -> Void, for work: (Resource) async throws(Failure) -> Value
) async throws(Failure) -> Value {
    let value: Value
    do {
        value = try await work(resource)
    } catch {
        await end(resource)
        throw error
    }
    await end(resource)
    return value
}
