import Domain

extension Facebook {
    /// The comments below a post go with it, but a story's neighbours do not.
    func remove(_ post: PublishedRef, account: ConnectedAccount) async throws -> [Int] {
        try await post.removeParts { id, _ in
            do {
                _ = try await graph.api.send(graph.call("DELETE", FormEncoding.escape(id), token: token(account)))
            } catch let error as PlatformError where error.code == "FACEBOOK_\(Self.notFoundCode)" {}
        }
    }
}
