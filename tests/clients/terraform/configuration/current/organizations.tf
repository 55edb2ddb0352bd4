resource "aws_organizations_organization" "all" {
  feature_set                   = "ALL"
  aws_service_access_principals = ["iam.amazonaws.com"]
}

resource "aws_iam_organizations_features" "all" {
  enabled_features = var.second ? ["RootCredentialsManagement", "RootSessions"] : ["RootCredentialsManagement"]
  depends_on       = [aws_organizations_organization.all]
}
