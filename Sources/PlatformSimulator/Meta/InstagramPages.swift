import HTTPTypes

extension InstagramPlatform {
    /// What people see at the address of a medium, and what a reader should know of it.
    func instagramPath(_ publication: Publication) -> String {
        let root = publication.parent ?? publication.id
        switch publication.details["media_product_type"]?.string {
        case "STORY": return "/stories/" + root
        case "REELS": return "/reel/" + root
        default: return "/p/" + root
        }
    }

    func instagramRemarks(_ details: JSON) -> [String] {
        let names = [
            "collaborators": "With", "user_tags": "Shown", "location_id": "Place", "audio_name": "Sound", "trial_params": "Trial reel",
            "audio_configuration": "Music",
            "thumb_offset": "Cover at ms", "is_ai_generated": "Made with AI",
        ]
        var remarks = names.sorted { $0.key < $1.key }.compactMap { name, label in details[name]?.string.map { "\(label): \($0)" } }
        if details["media_product_type"]?.string == "STORY" { remarks.append("Story: gone after a day") }
        if details["comment_enabled"]?.bool == false { remarks.append("Comments are off") }
        return remarks
    }

    /// The edges that nothing else has.
    func instagramOperations(_ limits: [RateLimit]) -> [Operation] {
        [
            Operation(
                "\(name).createContainer", .post, "/v{version}/{id}/media", limits: limits + [RateLimit("containers", 400, .seconds(86_400))],
                handler: createContainer),
            Operation("\(name).publishMedia", .post, "/v{version}/{id}/media_publish", limits: limits, handler: graph(publishContainer)),
            Operation("\(name).media", .get, "/v{version}/{id}/media", limits: limits, handler: graph(listMedia(false))),
            Operation(
                "\(name).publishingLimit", .get, "/v{version}/{id}/content_publishing_limit", limits: limits, handler: graph(publishingLimit)),
            Operation("\(name).uploadContainer", .post, "/ig-api-upload/v{version}/{id}", body: .streamed, handler: receiveContainer),
            .page("\(name).mediaPage", "/p/{id}") { call in PlatformPages.post(self, call.parameter("id"), now: call.now) },
        ]
    }
}
