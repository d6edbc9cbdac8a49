#include <curl/curl.h>

// curl_easy_setopt is variadic, which Swift cannot call: one typed wrapper for each kind of argument.
static inline CURLcode postiz_curl_set_string(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode postiz_curl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode postiz_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode postiz_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}
// What libcurl calls to get the next bytes, or to hand over a line the server said.
typedef size_t (*postiz_curl_read)(char *buffer, size_t size, size_t count, void *context);
static inline CURLcode postiz_curl_set_read(CURL *handle, postiz_curl_read reader) {
    return curl_easy_setopt(handle, CURLOPT_READFUNCTION, reader);
}
static inline CURLcode postiz_curl_set_header(CURL *handle, postiz_curl_read listener) {
    return curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, listener);
}
