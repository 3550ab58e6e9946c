// Command versions answers questions about versions with the libraries that Trivy compares them with
// (pkg/detector/library/compare, pkg/detector/ospkg): one JSON array a line, one answer a line.
//
//	["order", KIND, A, B]            -1, 0 or 1; ? when one of them is no version
//	["in", KIND, VERSION, RANGES…]   true or false: whether the version is in one of the ranges; ? when one is malformed
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strings"

	gem "github.com/aquasecurity/go-gem-version"
	npm "github.com/aquasecurity/go-npm-version/pkg"
	pep440 "github.com/aquasecurity/go-pep440-version"
	generic "github.com/aquasecurity/go-version/pkg/version"
	bitnami "github.com/bitnami/go-version/pkg/version"
	apk "github.com/knqyf263/go-apk-version"
	deb "github.com/knqyf263/go-deb-version"
	rpm "github.com/knqyf263/go-rpm-version"
	maven "github.com/masahiro331/go-mvn-version"
)

type kind struct {
	order func(a, b string) (int, error)
	in    func(version, ranges string) (bool, error)
}

// order parses two versions and compares them.
func order[V any](parse func(string) (V, error), compare func(a, b V) int) func(a, b string) (int, error) {
	return func(a, b string) (int, error) {
		left, err := parse(a)
		if err != nil {
			return 0, err
		}
		right, err := parse(b)
		if err != nil {
			return 0, err
		}
		return compare(left, right), nil
	}
}

var kinds = map[string]kind{
	"apk": {order: order(apk.NewVersion, apk.Version.Compare)},
	"deb": {order: order(deb.NewVersion, func(a, b deb.Version) int { return a.Compare(b) })},
	"rpm": {order: order(func(v string) (rpm.Version, error) { return rpm.NewVersion(v), nil }, rpm.Version.Compare)},
	"gem": {order(gem.NewVersion, gem.Version.Compare), func(version, ranges string) (bool, error) {
		v, err := gem.NewVersion(version)
		if err != nil {
			return false, err
		}
		c, err := gem.NewConstraints(ranges)
		return err == nil && c.Check(v), err
	}},
	"generic": {order(generic.Parse, generic.Version.Compare), func(version, ranges string) (bool, error) {
		v, err := generic.Parse(version)
		if err != nil {
			return false, err
		}
		c, err := generic.NewConstraints(ranges)
		return err == nil && c.Check(v), err
	}},
	"npm": {order(npm.NewVersion, npm.Version.Compare), func(version, ranges string) (bool, error) {
		v, err := npm.NewVersion(version)
		if err != nil {
			return false, err
		}
		c, err := npm.NewConstraints(ranges, npm.WithPreRelease(true))
		return err == nil && c.Check(v), err
	}},
	"pep440": {order(pep440.Parse, pep440.Version.Compare), func(version, ranges string) (bool, error) {
		v, err := pep440.Parse(version)
		if err != nil {
			return false, err
		}
		c, err := pep440.NewSpecifiers(ranges, pep440.WithPreRelease(true))
		return err == nil && c.Check(v), err
	}},
	"maven":   {order: order(maven.NewVersion, maven.Version.Compare)},
	"bitnami": {order: order(bitnami.Parse, bitnami.Version.Compare)},
}

func main() {
	log.SetFlags(0)
	questions := bufio.NewScanner(os.Stdin)
	answers := bufio.NewWriter(os.Stdout)
	for questions.Scan() {
		var question []string
		if err := json.Unmarshal(questions.Bytes(), &question); err != nil || len(question) < 4 {
			log.Fatalf("versions: %s is no question: %v", questions.Text(), err)
		}
		fmt.Fprintln(answers, answer(question))
	}
	if err := questions.Err(); err != nil {
		log.Fatal(err)
	}
	if err := answers.Flush(); err != nil {
		log.Fatal(err)
	}
}

func answer(question []string) string {
	of, ok := kinds[question[1]]
	if !ok {
		log.Fatalf("versions: no kind %q", question[1])
	}
	if question[0] == "in" {
		in, err := of.in(question[2], strings.Join(question[3:], " || "))
		if err != nil {
			return "?"
		}
		return fmt.Sprint(in)
	}
	order, err := of.order(question[2], question[3])
	if err != nil {
		return "?"
	}
	return fmt.Sprint(min(1, max(-1, order)))
}
