// The first Terraform provider for AWS that Go's module proxy holds, served in the plugin protocol of today's Terraform.
//
// The provider, of 2019, is unmodified.  Its own main speaks the protocol of Terraform 0.11, so this one takes the plugin
// server of Terraform 0.12; the version of the AWS SDK that it was written for is fixed in go.mod.
package main

import (
	"github.com/hashicorp/terraform/plugin"
	"github.com/terraform-providers/terraform-provider-aws/aws"
)

func main() {
	plugin.Serve(&plugin.ServeOpts{ProviderFunc: aws.Provider})
}
