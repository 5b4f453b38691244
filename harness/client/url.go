package client

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

const acceptedForms = "want http://HOST[:PORT] or https://HOST[:PORT], with a path at most (in a cluster HOST[:PORT] will do)"

// name is a host name as in DNS, underscores allowed.
var hostName = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?$`)

// ParseURL reads the base URL of an endpoint: scheme http or https in any
// case, host, port 1 to 65535 if any, path if any; no user, query, fragment or
// space. Inside a cluster the scheme may be missing and is http. A trailing
// slash and a trailing /v1, which the client adds itself, are taken off, and
// notice says so. All errors wrap ErrURL and show the accepted forms.
func ParseURL(raw string, inCluster bool) (base, notice string, err error) {
	s := strings.TrimSpace(raw)
	fail := func(why string) (string, string, error) {
		return "", "", fmt.Errorf("%w: %q: %s: %s", ErrURL, raw, why, acceptedForms)
	}
	if !strings.Contains(s, "://") {
		if !inCluster {
			return fail("no scheme")
		}
		s = "http://" + s
	}
	u, err := url.Parse(s)
	if err != nil {
		return fail(reason(err))
	}
	if why := unfit(u, s); why != "" {
		return fail(why)
	}
	u.Scheme, u.Host = strings.ToLower(u.Scheme), strings.TrimSuffix(strings.ToLower(u.Host), ":")
	path := u.EscapedPath()
	kept := strings.TrimRight(path, "/")
	for strings.HasSuffix(kept, "/v1") { // all of them: what is taken once is taken again unchanged
		kept = strings.TrimRight(strings.TrimSuffix(kept, "/v1"), "/")
	}
	base = u.Scheme + "://" + u.Host + kept
	if kept != path {
		notice = fmt.Sprintf("endpoint URL taken as %s: %q at its end is added by the client", base, path[len(kept):])
	}
	return base, notice, nil
}

// unfit says what is wrong with a parsed URL, "" if nothing.
func unfit(u *url.URL, s string) string {
	switch scheme := strings.ToLower(u.Scheme); {
	case scheme != "http" && scheme != "https":
		return "scheme " + strconv.Quote(u.Scheme)
	case u.User != nil:
		return "user info in it"
	case u.RawQuery != "" || u.ForceQuery:
		return "query in it"
	case strings.Contains(s, "#"):
		return "fragment in it"
	case u.Hostname() == "":
		return "no host"
	case net.ParseIP(u.Hostname()) == nil && !hostName.MatchString(u.Hostname()):
		return "host " + strconv.Quote(u.Hostname())
	}
	if p := u.Port(); p != "" {
		if n, err := strconv.Atoi(p); err != nil || n < 1 || n > 65535 {
			return "port " + p
		}
	}
	for _, r := range s {
		if r <= ' ' || r == 0x7f {
			return "space or control character in it"
		}
	}
	return ""
}

// reason is the cause of a parse error without the URL, which we quote already.
func reason(err error) string {
	var e *url.Error
	if errors.As(err, &e) {
		return e.Err.Error()
	}
	return err.Error()
}
