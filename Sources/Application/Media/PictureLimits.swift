import Domain

/// How large pictures and films may be: more than any use needs, and little enough for the programs that look at them. Headers decide, before
/// anything is decoded.
struct PictureLimits: Sendable {
    /// Of one frame. LinkedIn, which takes the largest pictures, takes 36 million.
    var pixels = 100_000_000
    /// A minute of animation at 25 a second has 1,500; X takes 350.
    var frames = 3_000
    /// Of all frames together. X takes 300 million.
    var pixelsOfAllFrames = 400_000_000

    /// Throws `UNSUPPORTED_MEDIA` with the numbers.
    func check(_ header: ImageHeader) throws {
        try check(pixels: header.pixels, "\(header.width) × \(header.height)")
        guard header.frames > 1 else { return }
        guard header.frames <= frames else {
            throw Self.tooLarge("The animation has \(header.frames) frames; at most \(frames) are taken. Shorten it, or save it as a video.")
        }
        guard header.pixels <= pixelsOfAllFrames / header.frames else {
            throw Self.tooLarge(
                "The animation has \(header.frames) frames of \(header.width) × \(header.height) pixels; all of them together may have "
                    + "\(pixelsOfAllFrames / 1_000_000) million. Shorten it, scale it down, or save it as a video.")
        }
    }

    func check(_ film: MediaTools.Picture) throws {
        guard let width = film.width, let height = film.height else { return }
        try check(pixels: width.multipliedReportingOverflow(by: height).overflow ? .max : width * height, "\(width) × \(height)")
    }

    private func check(pixels found: Int, _ size: String) throws {
        guard found <= pixels else {
            throw Self.tooLarge(
                "The picture has \(size) pixels; at most \(pixels / 1_000_000) million are taken. Scale it down and upload that.")
        }
    }

    private static func tooLarge(_ words: String) -> ProblemReport { ProblemReport(.unsupportedMedia, words) }
}
