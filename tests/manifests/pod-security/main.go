// Command pod-security reads pod templates as a JSON list from standard input
// and writes, for each, what the API server would refuse it for in a
// namespace that enforces the Pod Security Standard "restricted"; an empty
// text where it would not
// (https://kubernetes.io/docs/concepts/security/pod-security-standards/).
package main

import (
	"encoding/json"
	"fmt"
	"os"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "pod-security:", err)
		os.Exit(1)
	}
}

func run() error {
	var templates []corev1.PodTemplateSpec
	if err := json.NewDecoder(os.Stdin).Decode(&templates); err != nil {
		return fmt.Errorf("read pod templates from standard input: %w", err)
	}
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		return err
	}
	restricted := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	refusals := make([]string, len(templates))
	for i := range templates {
		pod := &templates[i]
		result := policy.AggregateCheckResults(evaluator.EvaluatePod(restricted, &pod.ObjectMeta, &pod.Spec))
		if !result.Allowed {
			refusals[i] = result.ForbiddenDetail()
		}
	}
	return json.NewEncoder(os.Stdout).Encode(refusals)
}
