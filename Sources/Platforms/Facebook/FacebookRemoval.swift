import Domain

extension Facebook {
    /// The comments below a post go with it, but a story's neighbours do not.
    func remove(_ post: PublishedRef, account: ConnectedAccount) async throws -> [Int] {
        let left = post.parts.indices.filter { post.parts[$0].id.isEmpty || post.repeatsEarlierID($0) }
        for number in post.parts.indices.reversed() where !left.contains(number) {
            do {
                _ = try await graph.api.send(graph.call("DELETE", FormEncoding.escape(post.parts[number].id), token: token(account)))
            } catch let error as PlatformError where error.code == "FACEBOOK_\(Self.notFoundCode)" {}
        }
        return left
    }
}
