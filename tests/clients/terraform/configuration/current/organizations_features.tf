resource "aws_iam_organizations_features" "all" {
  enabled_features = var.second ? ["RootCredentialsManagement", "RootSessions"] : ["RootCredentialsManagement"]
  depends_on       = [aws_organizations_organization.all]
}
